import { Checkbox, Dialog } from "../ui/parts.tsx";
import { allShortcuts, setSingleKeysOff, useSingleKeysOff } from "./keys.ts";

const LABELS: Record<string, string> = { "mod+k": "Ctrl K", " ": "Space", arrowdown: "↓", arrowup: "↑" };

export function HelpSheet({ onClose }: { onClose: () => void }) {
  const off = useSingleKeysOff();
  return (
    <Dialog title="Keys" onClose={onClose} wide>
      <dl className="keys">
        {allShortcuts().map(({ key, what }) => (
          <div key={key}>
            <dt>
              <kbd>{LABELS[key] ?? key.toUpperCase()}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Close what is open; nothing is done</dd>
        </div>
      </dl>
      <Checkbox isSelected={!off} onChange={(on) => setSingleKeysOff(!on)}>
        Single keys work (turn off if you dictate)
      </Checkbox>
    </Dialog>
  );
}
