/** Single keys of the desk: a page offers its own while it is shown; the help sheet lists what works now. */
import { useEffect, useRef, useSyncExternalStore } from "react";

export interface Shortcut {
  /** As `KeyboardEvent.key`, in lower case; "mod+k" for Ctrl or Command with K. */
  key: string;
  what: string;
  run: () => void;
}

const OFF = "single-keys-off";
const offered: { current: readonly Shortcut[] }[] = [];
const heard = new Set<() => void>();
const changed = (): void => {
  for (const tell of heard) tell();
};

/** Offer these keys while the component is shown; the newest offer of a key wins. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const mine = useRef(shortcuts);
  mine.current = shortcuts;
  useEffect(() => {
    offered.push(mine);
    changed();
    return () => {
      offered.splice(offered.indexOf(mine), 1);
      changed();
    };
  }, []);
}

/** Everything that works now, the page's own first. */
export function allShortcuts(): Shortcut[] {
  const seen = new Set<string>();
  return [...offered]
    .reverse()
    .flatMap((one) => one.current)
    .filter((shortcut) => !seen.has(shortcut.key) && seen.add(shortcut.key));
}

/** People who dictate or use switch devices turn single keys off (WCAG 2.1.4). */
export const singleKeysOff = (): boolean => localStorage.getItem(OFF) === "1";
export function setSingleKeysOff(off: boolean): void {
  if (off) localStorage.setItem(OFF, "1");
  else localStorage.removeItem(OFF);
  changed();
}
export const useSingleKeysOff = (): boolean =>
  useSyncExternalStore((tell) => {
    heard.add(tell);
    return () => heard.delete(tell);
  }, singleKeysOff);

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !isToggle(target);
const isToggle = (target: HTMLElement): boolean =>
  target instanceof HTMLInputElement && /^(checkbox|radio|button|submit)$/.test(target.type);
const inOverlay = (): boolean => document.querySelector(".scrim, .popover") !== null;

/** Which shortcut this press means; nothing while somebody types or a dialog is open. */
export function meant(event: KeyboardEvent, shortcuts: readonly Shortcut[]): Shortcut | undefined {
  const mod = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (mod) return event.altKey || event.shiftKey ? undefined : shortcuts.find((one) => one.key === `mod+${key}`);
  if (event.altKey || (event.repeat && key !== "j" && key !== "k") || typing(event.target) || singleKeysOff())
    return undefined;
  return shortcuts.find((one) => one.key === key);
}

export function useKeyboard(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || inOverlay()) return;
      const shortcut = meant(event, allShortcuts());
      if (!shortcut) return;
      event.preventDefault();
      shortcut.run();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
