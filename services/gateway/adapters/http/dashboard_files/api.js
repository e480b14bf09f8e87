// The API with the key of this tab, and the live stream (EventSource cannot send a header, so it is read by fetch).
export const key = {
  get: () => sessionStorage.getItem("key") || "",
  set: (value) => sessionStorage.setItem("key", value),
  clear: () => sessionStorage.removeItem("key"),
};

export class ApiProblem extends Error {
  constructor(status, document) {
    const sentences = [document.detail, document.how_to_fix].filter(Boolean).map((text) => (/[.!?]$/.test(text) ? text : `${text}.`));
    super(sentences.join(" ") || `The gateway answered ${status}.`);
    this.status = status;
  }
}

const headers = (more = {}) => ({ Authorization: `Bearer ${key.get()}`, ...more });

export async function get(path, signal) {
  return answer(await fetch(path, { headers: headers(), signal }));
}

export async function post(path, body, signal, more = {}) {
  const json = headers({ "Content-Type": "application/json", ...more });
  return answer(await fetch(path, { method: "POST", headers: json, body: JSON.stringify(body), signal }));
}

export async function fetchFile(path) {
  const response = await fetch(path, { headers: headers() });
  if (!response.ok) return answer(response);
  return response.blob();
}

async function answer(response) {
  if (response.ok) return response.json();
  throw new ApiProblem(response.status, await response.json().catch(() => ({})));
}

// Calls `hear` with every event from now on until `signal` aborts; tells `state` "live" or "offline".
export async function listen(path, hear, state, signal) {
  let last = "";
  while (!signal.aborted) {
    try {
      const response = await fetch(path, { headers: headers(last ? { "Last-Event-ID": last } : {}), signal });
      if (!response.ok) throw new ApiProblem(response.status, {});
      state("live");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
        let end;
        while ((end = text.indexOf("\n\n")) >= 0) {
          const lines = text.slice(0, end).split("\n");
          text = text.slice(end + 2);
          const data = lines.filter((l) => l.startsWith("data: ")).map((l) => l.slice(6)).join("\n");
          const id = lines.find((l) => l.startsWith("id: "));
          if (id) last = id.slice(4);
          if (data) hear(JSON.parse(data));
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) return state("off");
    }
    state("offline");
    await new Promise((done) => setTimeout(done, 2000));
  }
}
