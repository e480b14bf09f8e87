/** Which provider organization a page works for, for people who have several: one choice for the whole tab. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { organization } from "../api/client.ts";
import { Empty, Select } from "../ui/parts.tsx";
import { useMe } from "./me.ts";

/** What `children` draws for one organization, below the choice of it; without a choice where there is only one. */
export function ForOrganization({ children }: { children: (chosen: string) => ReactNode }) {
  const known = useMe().known_tenants ?? [];
  const queries = useQueryClient();
  const [picked, pick] = useState(organization.get());
  if (known.length < 2) return children("");
  const chosen = known.includes(picked) ? picked : "";
  const choose = (next: string): void => {
    organization.set(next);
    pick(next);
    void queries.invalidateQueries();
  };
  return (
    <>
      <div className="row wrap no-print">
        <Select
          label="Organization"
          value={chosen}
          onChange={choose}
          choices={known.map((one) => ({ id: one, label: one }))}
        />
      </div>
      {chosen ? (
        children(chosen)
      ) : (
        <Empty title="Whose?">This page shows one provider organization at a time. Choose it above.</Empty>
      )}
    </>
  );
}
