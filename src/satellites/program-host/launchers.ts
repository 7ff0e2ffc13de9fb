export interface SandboxLauncher {
  readonly store: string;
  readonly sdk: string;
}
export interface LauncherSettings {
  readonly node: string;
  readonly sandbox?: SandboxLauncher;
}
export const launcherNames = [] as const;
export function writeLaunchers(_dir: string, _settings: LauncherSettings): void {}
