/** Papers: the draft of the next filing with what it lacks in words, then what was sent, with its proof. */
import { useQuery } from "@tanstack/react-query";
import { Download, Eye } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { file } from "../api/client.ts";
import { packageQuery } from "../api/queries.ts";
import type { Letter, Missing, Package } from "../api/types.ts";
import { day, ended, sentence, title } from "../format.ts";
import { useMay } from "../shell/me.ts";
import { Badge, Button, Dialog, Empty, Failed, Loading, Note, Table, type Tone } from "../ui/parts.tsx";
import { pathOf, useCase } from "./context.ts";
import { PatientPapers } from "./patient.tsx";

const STATES: Record<string, { text: string; tone: Tone }> = {
  draft: { text: "Draft, not sent", tone: "warn" },
  queued: { text: "Queued, not sent yet", tone: "accent" },
  sent: { text: "Sent, as attested", tone: "" },
  proven: { text: "Sent, with proof", tone: "good" },
};

interface Shown {
  name: string;
  address: string;
}

/** What the filing lacks, in words, with where it is filled in. */
function lacking(next: Package): Missing[] {
  return next.missing_items ?? next.missing.map((key) => ({ key, words: key, form: "" }));
}

export function Letters() {
  const { claimId, caseId, desk, claim } = useCase();
  const sees = useMay("claims:phi");
  const acts = useMay("claims:act");
  const contacts = useMay("patients:contact");
  const [shown, setShown] = useState<Shown | null>(null);
  const { data: next } = useQuery({ ...packageQuery(claimId, caseId), enabled: acts && !!desk?.case?.can_file });
  if (!desk) return <Loading label="Reading the letters" />;
  const letters = desk.letters.filter((one) => !caseId || !one.case_id || one.case_id === caseId);
  const look = (letter: Letter): void => {
    const query = letter.case_id ? `?case_id=${encodeURIComponent(letter.case_id)}` : "";
    const account = claim.patient_control_number ?? claimId.slice(0, 8);
    setShown({
      name: `${account} ${title(letter.kind)}${letter.level > 1 ? ` level ${letter.level}` : ""}`,
      address: `${pathOf(claimId)}/letters/${letter.filing}/${letter.kind}${query}`,
    });
  };
  return (
    <>
      {next && !next.ready ? (
        <Note tone="warn">
          <p>
            <b>Before it can be sent</b>, the next filing lacks:
          </p>
          <ul className="bullets">
            {lacking(next).map((one) => (
              <li key={one.key}>
                {sentence(one.words)}{" "}
                {one.form.startsWith("profiles/") ? <Link href={`/setup/${one.form}`}>Fill it in</Link> : null}
              </li>
            ))}
          </ul>
        </Note>
      ) : null}
      {next?.weak_evidence ? <Note tone="warn">Weak evidence: {ended(next.weak_evidence)}</Note> : null}
      {letters.length ? (
        <Table
          caption="Letters and exhibits"
          keyOf={(one) => `${one.case_id}-${one.filing}-${one.kind}`}
          rows={letters}
          columns={[
            {
              id: "kind",
              head: "Paper",
              cell: (one) => (
                <>
                  {sees ? (
                    <Button look="link" onPress={() => look(one)}>
                      {title(one.kind)}
                      <Eye aria-hidden="true" />
                    </Button>
                  ) : (
                    title(one.kind)
                  )}
                  <br />
                  <span className="soft">
                    {title(one.forum)}
                    {one.level > 1 ? `, level ${one.level}` : ""}
                  </span>
                </>
              ),
            },
            { id: "day", head: "Day", cell: (one) => <span className="fig">{day(one.day)}</span> },
            { id: "state", head: "Where it is", cell: (one) => <Where letter={one} /> },
          ]}
        />
      ) : (
        <Empty title="No letters yet">The first draft appears once the case stands before a filing.</Empty>
      )}
      <div className="row wrap no-print">
        {desk.release_letter && sees ? (
          <Button
            size="small"
            onPress={() =>
              setShown({
                name: "Settlement agreement",
                address: `${pathOf(claimId)}/release-letter${caseId ? `?case_id=${caseId}` : ""}`,
              })
            }
          >
            Settlement agreement, to be signed
          </Button>
        ) : null}
      </div>
      {contacts ? <PatientPapers /> : null}
      {shown ? <Preview shown={shown} onClose={() => setShown(null)} /> : null}
    </>
  );
}

function Where({ letter }: { letter: Letter }) {
  const state = STATES[letter.state] ?? { text: title(letter.state), tone: "" as Tone };
  return (
    <div className="stack tight">
      <span>
        <Badge tone={state.tone}>{state.text}</Badge>{" "}
        {letter.proof ? <span className="soft">{letter.proof}</span> : null}
      </span>
      {letter.problem ? <span className="bad">{sentence(letter.problem)}</span> : null}
      {letter.missing.length ? <span className="warn">Missing {ended(letter.missing.join("; "))}</span> : null}
    </div>
  );
}

function Preview({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["letter", shown.address],
    queryFn: () => file(shown.address),
    staleTime: 60_000,
  });
  const [address, setAddress] = useState("");
  useEffect(() => {
    if (!data) return;
    const made = URL.createObjectURL(data);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  return (
    <Dialog title={shown.name} onClose={onClose} wide>
      {isPending ? <Loading label="Opening the letter" /> : null}
      {error ? <Failed error={error} again={() => void refetch()} /> : null}
      {address ? <iframe className="paper" title={shown.name} src={address} /> : null}
      <div className="acts">
        {address ? (
          <a className="btn" href={address} download={`${shown.name}.pdf`}>
            <Download size={15} aria-hidden="true" /> Download
          </a>
        ) : null}
        <Button look="primary" onPress={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
