export { writeLaunchers, type LauncherSettings, type SandboxLauncher } from "./launchers.ts";
