import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiProblem, credential } from "../api/client.ts";
import { Button, Field, Note } from "../ui/parts.tsx";
import { meQuery, whoIs } from "./me.ts";

const UNKNOWN = "This key opens nothing here. Give it whole, as it was made; who runs Recoup makes another.";

/** By an API key, which stays in this tab. */
export function SignIn() {
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const enter = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    credential.set(key.trim());
    try {
      queries.setQueryData(meQuery.queryKey, await whoIs());
    } catch (error) {
      credential.clear();
      const unknown = error instanceof ApiProblem && (error.status === 401 || error.status === 403);
      setProblem(unknown ? UNKNOWN : error instanceof Error ? error.message : UNKNOWN);
      setBusy(false);
    }
  };
  return (
    <main className="sign-in">
      <form onSubmit={(event) => void enter(event)}>
        <span className="brand">
          <img src="/desk/icon.svg" alt="" width="26" height="26" /> Recoup
        </span>
        <h1>Sign in</h1>
        <Field
          label="API key"
          type="password"
          value={key}
          onChange={setKey}
          autoFocus
          hint="It stays in this tab, and is forgotten when the tab is closed."
        />
        {problem ? (
          <Note tone="bad" alert>
            {problem}
          </Note>
        ) : null}
        <Button type="submit" look="primary" isDisabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </Button>
      </form>
    </main>
  );
}
