// ThemeSwitch: system, light, dark, in a circle.

import { setTheme, type Theme, useTheme } from "../state/theme";
import { Icon, type IconName } from "./Icon";

const kNext: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const kIcons: Record<Theme, IconName> = { system: "system", light: "sun", dark: "moon" };

export function ThemeSwitch() {
  const { theme } = useTheme();
  const now = theme === "system" ? "as the system" : theme;
  const label = `Colours: ${now}. Switch to ${kNext[theme]}.`;
  return (
    <button
      type="button"
      className="button is-bare is-icon"
      aria-label={label}
      title={label}
      data-testid="theme"
      onClick={() => setTheme(kNext[theme])}
    >
      <Icon name={kIcons[theme]} />
    </button>
  );
}
