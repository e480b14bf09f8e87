/** The desk: one page that uses the gateway's API. */
import "./ui/base.css";
import "./ui/parts.css";
import "./shell/shell.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { ApiProblem } from "./api/client.ts";
import { Desk } from "./shell/desk.tsx";
import { applyTheme } from "./shell/theme.ts";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (times, error) => times < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
      refetchOnWindowFocus: true,
    },
  },
});

/** Addresses of before, `/dashboard/#/claim/ID`: the gateway leads them here, and browsers keep what is behind the #. */
function oldAddress(): void {
  const claim = /^#\/claim\/([^?/]+)/.exec(location.hash);
  const page = /^#\/(work|results|ops)/.exec(location.hash);
  if (claim) history.replaceState(null, "", `/desk/claim/${claim[1]}`);
  else if (page) history.replaceState(null, "", `/desk/${page[1]}`);
}

oldAddress();
applyTheme();
const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <I18nProvider locale="en-US">
        <QueryClientProvider client={queries}>
          <Router base="/desk">
            <Desk />
          </Router>
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
