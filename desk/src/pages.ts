/** Every page of the desk. A new one is a line here and a folder with its `page.tsx`; see README.md. */
import { type ComponentType, lazy } from "react";

export interface Page {
  /** Below /desk; the first part names the page in the header. */
  path: string;
  label: string;
  /** The scope without which the page is neither offered nor drawn. */
  scope: string;
  /** Only for callers of every tenant. */
  everywhere?: boolean;
  /** Reached from other pages only. */
  unlisted?: boolean;
  body: ComponentType;
}

export const PAGES: readonly Page[] = [
  { path: "/work", label: "Work", scope: "claims:read", body: lazy(() => import("./cases/page.tsx")) },
  { path: "/approvals", label: "Approvals", scope: "claims:approve", body: lazy(() => import("./approvals/page.tsx")) },
  { path: "/filings", label: "Filings", scope: "claims:act", body: lazy(() => import("./filings/page.tsx")) },
  { path: "/payments", label: "Payments", scope: "claims:act", body: lazy(() => import("./payments/page.tsx")) },
  { path: "/results", label: "Results", scope: "portfolio:read", body: lazy(() => import("./results/page.tsx")) },
  { path: "/audit", label: "Audit", scope: "audit:read", body: lazy(() => import("./audit/page.tsx")) },
  { path: "/setup", label: "Set-up", scope: "keys:manage", body: lazy(() => import("./setup/page.tsx")) },
  { path: "/ops", label: "Ops", scope: "ops:read", everywhere: true, body: lazy(() => import("./ops/page.tsx")) },
  {
    path: "/claim/:id",
    label: "Claim",
    scope: "claims:read",
    unlisted: true,
    body: lazy(() => import("./case/page.tsx")),
  },
];
