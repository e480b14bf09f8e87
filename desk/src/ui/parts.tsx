/** Buttons, fields, dialogs, tabs, notes and tables: React Aria's behaviour in our clothes. */
import { Check, ChevronDown, CircleAlert, Inbox, Info, Minus, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  Checkbox as AriaCheckbox,
  type CheckboxProps as AriaCheckboxProps,
  Dialog as AriaDialog,
  Select as AriaSelect,
  Tabs as AriaTabs,
  FieldError,
  Heading,
  Input,
  type Key,
  Label,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  Popover,
  SelectValue,
  Tab,
  TabList,
  TabPanel,
  Text,
  TextArea,
  TextField,
  Tooltip,
  TooltipTrigger,
} from "react-aria-components";

import { Boundary } from "./boundary.tsx";

type Look = "primary" | "quiet" | "danger" | "link" | "";
export interface ButtonProps extends AriaButtonProps {
  look?: Look;
  size?: "small" | "icon";
  /** The key that does the same, shown in the button. */
  shortcut?: string;
  children?: ReactNode;
}

export function Button({ look = "", size, shortcut, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={["btn", look, size].filter(Boolean).join(" ")}>
      {children}
      {shortcut ? <kbd aria-hidden="true">{shortcut}</kbd> : null}
    </AriaButton>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  /** Why it cannot be taken as it is; shown, and read out. */
  error?: string | undefined;
  required?: boolean;
  autoFocus?: boolean;
  type?: "text" | "password" | "date" | "number" | "email" | "search" | "url";
  inputMode?: "decimal" | "numeric" | "text";
  maxLength?: number;
  long?: boolean;
  name?: string;
  placeholder?: string;
}

/** A labelled text field; `long` makes it an area. */
export function Field({ label, hint, error, required, long, placeholder, type = "text", ...props }: FieldProps) {
  const mode = props.inputMode ? { inputMode: props.inputMode } : {};
  return (
    <TextField
      className="field"
      type={type === "date" || type === "number" ? "text" : type}
      isInvalid={!!error}
      isRequired={!!required}
      validationBehavior="aria"
      autoComplete="off"
      {...props}
    >
      <Label>{label}</Label>
      {long ? <TextArea placeholder={placeholder} /> : <Input {...mode} type={type} placeholder={placeholder} />}
      {hint ? (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      ) : null}
      <FieldError className="error">{error}</FieldError>
    </TextField>
  );
}

export interface Choice {
  id: string;
  label: string;
}

/** A labelled choice of one; `label` may be hidden where the place says it. */
export function Select({
  label,
  value,
  onChange,
  choices,
  hideLabel = false,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  choices: readonly Choice[];
  hideLabel?: boolean;
}) {
  return (
    <AriaSelect
      className="field"
      value={value}
      onChange={(key: Key | null) => onChange(String(key ?? ""))}
      aria-label={label}
    >
      {hideLabel ? null : <Label>{label}</Label>}
      <AriaButton className="select">
        <SelectValue />
        <ChevronDown aria-hidden="true" />
      </AriaButton>
      <Popover className="popover">
        <ListBox items={choices} aria-label={label}>
          {(choice) => (
            <ListBoxItem className="item" id={choice.id} textValue={choice.label}>
              {choice.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

export function Checkbox({ children, ...props }: Omit<AriaCheckboxProps, "children"> & { children?: ReactNode }) {
  return (
    <AriaCheckbox {...props} className="check">
      {({ isSelected, isIndeterminate }) => (
        <>
          <span className="box">
            {isIndeterminate ? <Minus aria-hidden="true" /> : isSelected ? <Check aria-hidden="true" /> : null}
          </span>
          {children}
        </>
      )}
    </AriaCheckbox>
  );
}

/** A dialog over the page; Escape closes it. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
  role = "dialog",
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  role?: "dialog" | "alertdialog";
}) {
  return (
    <ModalOverlay className="scrim" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className={wide ? "dialog wide" : "dialog"}>
        <AriaDialog role={role}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface TabOf {
  id: string;
  label: string;
  count?: number | undefined;
  body: () => ReactNode;
}

export function Tabs({
  label,
  tabs,
  chosen,
  onChange,
}: {
  label: string;
  tabs: readonly TabOf[];
  chosen: string;
  onChange: (id: string) => void;
}) {
  const known = tabs.some((tab) => tab.id === chosen) ? chosen : (tabs[0]?.id ?? "");
  return (
    <AriaTabs className="tabs" selectedKey={known} onSelectionChange={(key) => onChange(String(key))}>
      <TabList className="tab-list" aria-label={label}>
        {tabs.map((tab) => (
          <Tab key={tab.id} id={tab.id} className="tab">
            {tab.label}
            {tab.count ? <span className="count">{tab.count}</span> : null}
          </Tab>
        ))}
      </TabList>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className="tab-panel">
          <Boundary>{tab.body()}</Boundary>
        </TabPanel>
      ))}
    </AriaTabs>
  );
}

/** What a short sign stands for, when it is pointed at or focused. */
export function Explained({ why, children }: { why: ReactNode; children: ReactNode }) {
  return (
    <TooltipTrigger delay={300}>
      <AriaButton className="btn link">{children}</AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {why}
      </Tooltip>
    </TooltipTrigger>
  );
}

export type Tone = "" | "bad" | "warn" | "good" | "accent";
export const Badge = ({ tone = "", children }: { tone?: Tone; children: ReactNode }) => (
  <span className={`badge ${tone}`}>{children}</span>
);

/** Something the reader has to know. `alert` is read out at once. */
export function Note({ tone = "", alert = false, children }: { tone?: Tone; alert?: boolean; children: ReactNode }) {
  const Sign = tone === "bad" ? CircleAlert : tone === "warn" ? TriangleAlert : Info;
  return (
    <div className={`note ${tone}`} {...(alert ? { role: "alert" } : {})}>
      <Sign aria-hidden="true" />
      <div className="stack tight">{children}</div>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Inbox aria-hidden="true" />
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
    </div>
  );
}

/** Grey bars while something is read. */
export function Loading({ label, lines = 5 }: { label: string; lines?: number }) {
  return (
    <div className="stack" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, at) => `${92 - ((at * 17) % 45)}%`).map((width, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change
        <span key={at} className="bone" style={{ width }} />
      ))}
    </div>
  );
}

export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <Note tone="bad" alert>
      <p>{error instanceof Error ? error.message : "This cannot be shown."}</p>
      {again ? (
        <p>
          <Button size="small" onPress={again}>
            Try again
          </Button>
        </p>
      ) : null}
    </Note>
  );
}

export interface Column<Row> {
  id: string;
  head: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Amounts and counts stand at the right. */
  num?: boolean;
}

/** A table with a caption for those who hear it. */
export function Table<Row>({
  caption,
  columns,
  rows,
  keyOf,
  foot,
}: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  foot?: ReactNode;
}) {
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption className="hidden-text">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={column.num ? "num" : undefined}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.id} className={column.num ? "num" : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {foot ? <tfoot>{foot}</tfoot> : null}
      </table>
    </div>
  );
}
