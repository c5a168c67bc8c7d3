/** What this person speaks into and hears with at this computer; kept in this browser. */

interface Kept {
  microphone: string;
  speaker: string;
  volume: number;
}

export interface Way {
  id: string;
  name: string;
}

const USUAL: Kept = { microphone: "", speaker: "", volume: 60 };

class Sound {
  now = $state<Kept>(kept());
  microphones = $state.raw<readonly Way[]>([]);
  speakers = $state.raw<readonly Way[]>([]);

  choose(choice: Partial<Kept>): void {
    Object.assign(this.now, choice);
    localStorage.setItem("pref:phone", JSON.stringify(this.now));
  }

  /** What there is; a browser names it only after the microphone was allowed. */
  async look(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const named = (kind: MediaDeviceKind): Way[] => all.filter((one) => one.kind === kind && one.deviceId && one.label).map((one) => ({ id: one.deviceId, name: one.label }));
    this.microphones = named("audioinput");
    this.speakers = named("audiooutput");
  }

  /** Ask for the microphone now, rather than when somebody already waits on the line. */
  async ask(): Promise<"microphone" | "silent" | null> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: this.now.microphone ? { deviceId: this.now.microphone } : true });
      for (const track of stream.getTracks()) track.stop();
      await this.look();
      return null;
    } catch (error) {
      return error instanceof DOMException && error.name === "NotAllowedError" ? "microphone" : "silent";
    }
  }
}

function kept(): Kept {
  try {
    return { ...USUAL, ...(JSON.parse(localStorage.getItem("pref:phone") ?? "{}") as Partial<Kept>) };
  } catch {
    return { ...USUAL };
  }
}

export const sound = new Sound();
