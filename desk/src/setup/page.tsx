/** Set-up: who may sign in by which key, and where events are sent. A new key is shown once. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, post, send } from "../api/client.ts";
import { fullDay, title } from "../format.ts";
import { useMay, useMe } from "../shell/me.ts";
import { Badge, Button, Dialog, Failed, Field, Loading, Note, Select, Table } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";

interface Key {
  key_id: string;
  name: string;
  role: string;
  tenants: string[];
  created_by: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}
interface Endpoint {
  endpoint_id: string;
  url: string;
  types: string[];
  status: string;
  description: string;
}
const ROLES = ["negotiator", "manager", "auditor", "ops", "platform", "clearinghouse"].map((id) => ({
  id,
  label: title(id),
}));
const failed = (error: unknown) =>
  say(error instanceof Error ? error.message : "It could not be done.", { tone: "bad" });

export default function Page() {
  const hooks = useMay("webhooks:manage");
  return (
    <div className="plain">
      <header className="page-head">
        <h1>Set-up</h1>
      </header>
      <div className="stack">
        <Keys />
        {hooks ? <Webhooks /> : null}
      </div>
    </div>
  );
}

function Keys() {
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Key | null>(null);
  const found = useQuery({
    queryKey: ["setup", "keys"],
    queryFn: ({ signal }) => get<{ items: Key[] }>("/v1/api-keys", {}, signal),
  });
  const again = () => client.invalidateQueries({ queryKey: ["setup", "keys"] });
  const revoke = async (key: Key) => {
    try {
      await send("DELETE", `/v1/api-keys/${key.key_id}`);
      say(`The key ${key.name} opens nothing any more.`);
    } catch (error) {
      failed(error);
    }
    setEnding(null);
    await again();
  };
  return (
    <section className="card" aria-labelledby="keys">
      <div className="page-head">
        <h2 id="keys">People and keys</h2>
        <Button size="small" onPress={() => setAdding(true)}>
          New key
        </Button>
      </div>
      {found.isPending ? <Loading label="Reading the keys" /> : null}
      {found.isError ? <Failed error={found.error} again={() => found.refetch()} /> : null}
      {found.data ? (
        <Table
          caption="Keys of your organizations, without their secrets"
          rows={found.data.items}
          keyOf={(key) => key.key_id}
          columns={[
            { id: "name", head: "Name", cell: (key) => key.name },
            { id: "role", head: "Role", cell: (key) => title(key.role) },
            { id: "tenants", head: "Organizations", cell: (key) => key.tenants.join(", ") },
            { id: "made", head: "Made", cell: (key) => fullDay(key.created_at) },
            { id: "ends", head: "Ends", cell: (key) => fullDay(key.expires_at) },
            {
              id: "state",
              head: "",
              cell: (key) =>
                key.revoked_at ? (
                  <Badge>Revoked</Badge>
                ) : (
                  <Button size="small" look="danger" onPress={() => setEnding(key)} aria-label={`Revoke ${key.name}`}>
                    Revoke
                  </Button>
                ),
            },
          ]}
        />
      ) : null}
      {adding ? <NewKey onClose={() => setAdding(false)} made={again} /> : null}
      {ending ? (
        <Dialog title={`Revoke ${ending.name}?`} role="alertdialog" onClose={() => setEnding(null)}>
          <p>Whoever uses it is signed out within five seconds. This cannot be undone; a new key can be made.</p>
          <div className="acts">
            <Button onPress={() => setEnding(null)}>Keep it</Button>
            <Button look="danger" onPress={() => revoke(ending)}>
              Revoke {ending.name}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </section>
  );
}

function NewKey({ onClose, made }: { onClose: () => void; made: () => void }) {
  const me = useMe();
  const [name, setName] = useState("");
  const [role, setRole] = useState("negotiator");
  const [tenants, setTenants] = useState(me.tenants.includes("*") ? "" : me.tenants.join(", "));
  const [secret, setSecret] = useState("");
  const list = tenants
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
  const make = async () => {
    try {
      const answer = await post<{ key: string }>("/v1/api-keys", { name: name.trim(), role, tenants: list });
      setSecret(answer.key);
      made();
    } catch (error) {
      failed(error);
    }
  };
  return (
    <Dialog title="New key" onClose={onClose}>
      {secret ? (
        <>
          <Note tone="warn">This key is shown this once. Give it to {name} by a way that others do not see.</Note>
          <Field label="Key" value={secret} onChange={() => undefined} />
          <div className="acts">
            <Button look="primary" onPress={onClose}>
              Done
            </Button>
          </div>
        </>
      ) : (
        <>
          <Field label="Name" hint="Who uses it, as the access log will call them" value={name} onChange={setName} />
          <Select label="Role" value={role} onChange={setRole} choices={ROLES} />
          <Field label="Organizations" hint="By comma" value={tenants} onChange={setTenants} />
          <div className="acts">
            <Button onPress={onClose}>Cancel</Button>
            <Button look="primary" isDisabled={!name.trim() || !list.length} onPress={make}>
              Make the key
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Webhooks() {
  const found = useQuery({
    queryKey: ["setup", "webhooks"],
    queryFn: ({ signal }) => get<{ items: Endpoint[] }>("/v1/webhooks", {}, signal),
  });
  const test = async (endpoint: Endpoint) => {
    try {
      const told = await post<{ delivered: boolean; status: number | null; error: string }>(
        `/v1/webhooks/${endpoint.endpoint_id}/test`,
      );
      say(told.delivered ? "It took the test message." : `It did not take it: ${told.error || told.status}.`);
    } catch (error) {
      failed(error);
    }
  };
  return (
    <section className="card" aria-labelledby="hooks">
      <h2 id="hooks">Webhooks</h2>
      {found.isPending ? <Loading label="Reading the webhooks" lines={2} /> : null}
      {found.isError ? <Failed error={found.error} again={() => found.refetch()} /> : null}
      {found.data?.items.length === 0 ? <p className="soft">None. A platform makes them by the API.</p> : null}
      {found.data?.items.length ? (
        <Table
          caption="Where events are sent"
          rows={found.data.items}
          keyOf={(row) => row.endpoint_id}
          columns={[
            { id: "url", head: "Address", cell: (row) => row.url },
            { id: "types", head: "Events", cell: (row) => row.types.join(", ") || "all" },
            { id: "status", head: "State", cell: (row) => title(row.status) },
            {
              id: "test",
              head: "",
              cell: (row) => (
                <Button size="small" onPress={() => test(row)}>
                  Send a test
                </Button>
              ),
            },
          ]}
        />
      ) : null}
    </section>
  );
}
