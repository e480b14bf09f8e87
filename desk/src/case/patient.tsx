/** What the patient is told: the letter in their language, and links to their own page. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, made, post, send } from "../api/client.ts";
import { fullDay } from "../format.ts";
import { Button, Dialog, Select } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { pathOf, useCase } from "./context.ts";

interface PatientLink {
  link_id: string;
  language: string;
  expires_at: string;
  revoked_at: string | null;
}

const LANGUAGES = [
  { id: "en", label: "English" },
  { id: "es", label: "Spanish" },
];
const failed = (error: unknown): void =>
  void say(error instanceof Error ? error.message : "It could not be done.", { tone: "bad" });

export function PatientPapers() {
  const { claimId } = useCase();
  const path = `${pathOf(claimId)}/patient`;
  const queries = useQueryClient();
  const [language, setLanguage] = useState("en");
  const [link, setLink] = useState("");
  const key = ["claim", claimId, "patient-links"];
  const { data } = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => (await get<{ items: PatientLink[] }>(`${path}/links`, {}, signal)).items,
  });
  const letter = async (): Promise<void> => {
    const address = URL.createObjectURL(await made(`${path}/letter`, { language }));
    Object.assign(document.createElement("a"), { href: address, download: "patient-letter.pdf" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  };
  const make = async (): Promise<void> => {
    const { url } = await post<{ url: string }>(`${path}/links`, { language });
    setLink(url);
    await queries.invalidateQueries({ queryKey: key });
  };
  const revoke = async (id: string): Promise<void> => {
    await send("DELETE", `${path}/links/${id}`);
    await queries.invalidateQueries({ queryKey: key });
    say("The link is turned off.");
  };
  return (
    <details className="fold no-print">
      <summary>For the patient</summary>
      <div className="stack">
        <div className="row wrap">
          <Select label="Language" hideLabel value={language} onChange={setLanguage} choices={LANGUAGES} />
          <Button size="small" onPress={() => void letter().catch(failed)}>
            Patient letter
          </Button>
          <Button size="small" onPress={() => void make().catch(failed)}>
            Make a link for the patient
          </Button>
        </div>
        {data?.length ? (
          <ul className="bullets">
            {data.map((one) => (
              <li key={one.link_id}>
                {one.language === "es" ? "Spanish" : "English"}, until {fullDay(one.expires_at)}{" "}
                {one.revoked_at ? (
                  <span className="soft">turned off</span>
                ) : (
                  <Button look="link" onPress={() => void revoke(one.link_id).catch(failed)}>
                    Turn off
                  </Button>
                )}
              </li>
            ))}
          </ul>
        ) : null}
      </div>
      {link ? (
        <Dialog title="Link for the patient" onClose={() => setLink("")}>
          <p>For the patient only: whoever has it sees the page. It is shown this once.</p>
          <p className="mono break">{link}</p>
          <div className="acts">
            <Button onPress={() => setLink("")}>Close</Button>
            <Button look="primary" onPress={() => void navigator.clipboard?.writeText(link).then(() => say("Copied."))}>
              Copy
            </Button>
          </div>
        </Dialog>
      ) : null}
    </details>
  );
}
