import { CircleHelp, LogOut, Moon, Search, Sun, SunMoon } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { Link, useLocation } from "wouter";
import { PAGES } from "../pages.ts";
import { Button } from "../ui/parts.tsx";
import { useLiveState } from "./live.tsx";
import { called, type Me, may } from "./me.ts";
import { applyTheme, type Theme, theme } from "./theme.ts";

const STATES = { live: "Live", offline: "Reconnecting…", off: "" };

export function Header({
  me,
  onFind,
  onHelp,
  onLeave,
}: {
  me: Me;
  onFind: () => void;
  onHelp: () => void;
  onLeave: () => void;
}) {
  const [path] = useLocation();
  const offered = PAGES.filter((page) => !page.unlisted && may(me, page.scope, page.everywhere));
  const state = useLiveState();
  return (
    <header className="top">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Link className="brand" href="/">
        <img src="/desk/icon.svg" alt="" width="20" height="20" />
        Recoup
      </Link>
      <nav aria-label="Pages">
        {offered.map((page) => (
          <Link key={page.path} href={page.path} aria-current={path.startsWith(page.path) ? "page" : undefined}>
            {page.label}
          </Link>
        ))}
      </nav>
      <span className="push" />
      <AriaButton className="find" onPress={onFind} aria-label="Find a case, a number or a page">
        <Search aria-hidden="true" />
        <span>Find account, payer, date, check no.</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </AriaButton>
      <span className={`live ${state}`} role="status">
        {STATES[state] ? <i /> : null}
        <span>{STATES[state]}</span>
      </span>
      <Person me={me} onHelp={onHelp} onLeave={onLeave} />
    </header>
  );
}

const THEMES: Record<Theme, { next: Theme; label: string; sign: typeof Sun }> = {
  system: { next: "light", label: "Appearance: as the system", sign: SunMoon },
  light: { next: "dark", label: "Appearance: light", sign: Sun },
  dark: { next: "system", label: "Appearance: dark", sign: Moon },
};

function Person({ me, onHelp, onLeave }: { me: Me; onHelp: () => void; onLeave: () => void }) {
  const [look, setLook] = useState<Theme>(theme());
  const { next, label, sign: Sign } = THEMES[look];
  const turn = (): void => {
    applyTheme(next);
    setLook(next);
  };
  return (
    <MenuTrigger>
      <Button look="quiet" size="small" aria-label={`${called(me)}, ${me.role}: menu`}>
        {called(me)} · {me.role}
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu aria-label="You">
          <MenuItem className="item" onAction={turn}>
            <Sign size={15} aria-hidden="true" /> {label}
          </MenuItem>
          <MenuItem className="item" onAction={onHelp}>
            <CircleHelp size={15} aria-hidden="true" /> Keys and help
          </MenuItem>
          <MenuItem className="item" onAction={onLeave}>
            <LogOut size={15} aria-hidden="true" /> Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
