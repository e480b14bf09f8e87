// What a platform writes against the generated types: submit, then read what became of the claim.
import type { components, operations, paths } from "./gateway";

type Claim = components["schemas"]["JsonClaim"];
type Submitted = operations["submit_claim"]["responses"]["200"]["content"]["application/json"];
type State = paths["/v1/claims/{claim_id}"]["get"]["responses"]["200"]["content"]["application/json"]["state"];

export async function follow(url: string, key: string, claim: Claim): Promise<State> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const sent = await fetch(`${url}/v1/claims`, { method: "POST", headers, body: JSON.stringify(claim) });
  const told: Submitted = (await sent.json()) as Submitted;
  const id: string | undefined = told.accepted_claims?.[0]?.claim_id;
  const read = await fetch(`${url}/v1/claims/${id}`, { headers });
  const found = (await read.json()) as components["schemas"]["ClaimResource"];
  return found.state;
}
