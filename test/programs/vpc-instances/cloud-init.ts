/** The script that a server runs at its first start. */
export function cloudInit(greeting: string): string {
  return `#!/bin/bash
mkdir -p /srv/www
echo "Hello from ${greeting}" > /srv/www/index.html
cd /srv/www && nohup python3 -m http.server 80 &
`;
}
