/** Short messages at the foot of the page; one may carry an undo while its seconds run. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { Button } from "./parts.tsx";

export interface Toast {
  id: number;
  text: string;
  tone: "" | "bad";
  /** Epoch milliseconds at which it goes away. */
  until: number;
  undo?: (() => void) | undefined;
}

let toasts: readonly Toast[] = [];
let next = 1;
const heard = new Set<() => void>();

function set(now: readonly Toast[]): void {
  toasts = now;
  for (const tell of heard) tell();
}

const subscribe = (tell: () => void): (() => void) => {
  heard.add(tell);
  return () => heard.delete(tell);
};

export function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

/** Say `text` for some seconds; with `undo` the seconds are counted down beside a button. */
export function say(text: string, how: { tone?: "" | "bad"; seconds?: number; undo?: () => void } = {}): number {
  const id = next++;
  const seconds = how.seconds ?? (how.tone === "bad" ? 12 : 5);
  const toast: Toast = { id, text, tone: how.tone ?? "", until: Date.now() + seconds * 1000, undo: how.undo };
  set([...toasts.filter((one) => one.undo || one.text !== text), toast].slice(-4));
  setTimeout(() => dismiss(id), seconds * 1000);
  return id;
}

/** Undo the newest act that still can be; false if there is none. */
export function undoLast(): boolean {
  const last = toasts.findLast((toast) => toast.undo);
  last?.undo?.();
  if (last) dismiss(last.id);
  return !!last;
}

function Seconds({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(clock);
  }, []);
  return <>{Math.max(0, Math.ceil((until - now) / 1000))} s</>;
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={`toast ${toast.tone}`}>
          <span>{toast.text}</span>
          <span className="push row">
            {toast.undo ? (
              <Button
                shortcut="U"
                onPress={() => {
                  toast.undo?.();
                  dismiss(toast.id);
                }}
              >
                <span>
                  Undo{" "}
                  <span aria-hidden="true">
                    <Seconds until={toast.until} />
                  </span>
                </span>
              </Button>
            ) : (
              <Button look="quiet" size="small" aria-label="Dismiss message" onPress={() => dismiss(toast.id)}>
                ✕
              </Button>
            )}
          </span>
        </div>
      ))}
    </div>
  );
}
