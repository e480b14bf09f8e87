/** Sign-in, and behind it the frame that every page stands in. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { ApiProblem, credential, organization } from "../api/client.ts";
import { PAGES, type Page } from "../pages.ts";
import { Boundary } from "../ui/boundary.tsx";
import { Empty, Failed, Loading } from "../ui/parts.tsx";
import { Toasts, undoLast } from "../ui/toasts.tsx";
import { CommandBar } from "./command.tsx";
import { Header } from "./header.tsx";
import { HelpSheet } from "./help.tsx";
import { useKeyboard, useShortcuts } from "./keys.ts";
import { LiveProvider } from "./live.tsx";
import { type Me, may, meQuery } from "./me.ts";
import { SignIn } from "./sign-in.tsx";

export function Desk() {
  const queries = useQueryClient();
  const { data: me, error, isPending, refetch } = useQuery(meQuery);
  const leave = (): void => {
    credential.clear();
    organization.clear();
    queries.clear();
    void refetch();
  };
  if (isPending) return <div className="sign-in">{<Loading label="Signing in" lines={3} />}</div>;
  if (me) return <Signed me={me} onLeave={leave} />;
  if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) return <SignIn />;
  return (
    <div className="sign-in">
      <Failed error={error} again={() => void refetch()} />
    </div>
  );
}

function Signed({ me, onLeave }: { me: Me; onLeave: () => void }) {
  const [finding, setFinding] = useState(false);
  const [helping, setHelping] = useState(false);
  useKeyboard();
  useShortcuts([
    { key: "mod+k", what: "Find anything, go anywhere", run: () => setFinding(true) },
    { key: "?", what: "What the keys do", run: () => setHelping(true) },
    { key: "u", what: "Undo the last act", run: () => void undoLast() },
  ]);
  return (
    <LiveProvider me={me}>
      <div className="shell">
        <Header me={me} onFind={() => setFinding(true)} onHelp={() => setHelping(true)} onLeave={onLeave} />
        <Switch>
          {PAGES.map((page) => (
            <Route key={page.path} path={page.path}>
              <Place page={page} me={me} />
            </Route>
          ))}
          <Route path="/">
            <Redirect to={`${first(me)}${location.search}`} replace />
          </Route>
          <Route>
            <Frame label="Not found">
              <Empty title="There is no such page">Choose one above, or press Ctrl K and type what you look for.</Empty>
            </Frame>
          </Route>
        </Switch>
      </div>
      {finding ? <CommandBar me={me} onClose={() => setFinding(false)} /> : null}
      {helping ? <HelpSheet onClose={() => setHelping(false)} /> : null}
      <Toasts />
    </LiveProvider>
  );
}

const first = (me: Me): string =>
  PAGES.find((page) => !page.unlisted && may(me, page.scope, page.everywhere))?.path ?? "/nothing";

function Place({ page, me }: { page: Page; me: Me }) {
  if (!may(me, page.scope, page.everywhere)) {
    return (
      <Frame label={page.label}>
        <div className="plain">
          <h1>This cannot be shown</h1>
          <p role="alert">
            {page.label} is not open to your role ({me.role}); it needs “{page.scope}”
            {page.everywhere ? " for every provider organization" : ""}. Who runs Recoup can give it to you.
          </p>
        </div>
      </Frame>
    );
  }
  return (
    <Frame label={page.label}>
      <Suspense fallback={<div className="plain">{<Loading label={`Loading ${page.label}`} />}</div>}>
        <Boundary key={page.path}>
          <page.body />
        </Boundary>
      </Suspense>
    </Frame>
  );
}

/** The main region; after a change of page the focus is there, so that the next Tab is in it. */
function Frame({ label, children }: { label: string; children: ReactNode }) {
  const [path] = useLocation();
  const part = path.split("/")[1];
  const main = useRef<HTMLElement>(null);
  const before = useRef(part);
  useEffect(() => {
    document.title = `${label} – Recoup`;
    if (before.current !== part) main.current?.focus({ preventScroll: true });
    before.current = part;
  }, [label, part]);
  return (
    <main ref={main} className="page" id="main" tabIndex={-1}>
      {children}
    </main>
  );
}
