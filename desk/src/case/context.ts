/** What the parts of a case share: which claim and dispute, what is known, and what comes after an act. */
import { createContext, useContext } from "react";
import type { Claim, DeskView, Row } from "../api/types.ts";

export interface CaseContext {
  claimId: string;
  caseId: string;
  claim: Claim;
  desk: DeskView | undefined;
  row: Row | undefined;
  /** Opens a tab of the case. */
  show: (tab: string) => void;
  /** Reads everything of the claim again. */
  refresh: () => void;
  /** The case was dealt with: go on to the next. */
  done: () => void;
}

export const Context = createContext<CaseContext | null>(null);

export function useCase(): CaseContext {
  const found = useContext(Context);
  if (!found) throw new Error("outside a case");
  return found;
}

export const pathOf = (claimId: string): string => `/v1/claims/${encodeURIComponent(claimId)}`;
/** Names the dispute where the claim has several. */
export const ofDispute = (caseId: string): { case_id?: string } => (caseId ? { case_id: caseId } : {});
