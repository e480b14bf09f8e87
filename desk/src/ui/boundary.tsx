/** What a fault of a part leaves: the rest of the page, and a way to try the part again. */
import { Component, type ReactNode } from "react";
import { Failed } from "./parts.tsx";

const SAID = new Error("This part cannot be shown: the desk had a fault. Nothing was changed.");

export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <Failed error={SAID} again={() => this.setState({ failed: false })} />;
  }
}
