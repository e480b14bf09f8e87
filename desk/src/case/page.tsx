/** A claim on a page of its own: where links from letters, mails and other pages lead. */
import { useParams } from "wouter";
import { useView } from "../shell/view.ts";
import { CasePane } from "./pane.tsx";

export default function ClaimPage() {
  const { id = "" } = useParams<{ id: string }>();
  const [view] = useView();
  return (
    <div className="claim-page">
      <h1 className="hidden-text">Claim</h1>
      <CasePane key={id} caseKey={view.place ? `${id}/${view.place}` : id} />
    </div>
  );
}
