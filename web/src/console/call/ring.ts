/** How it rings: made here of two tones, as loud as the agent wants it, on the loudspeaker they chose. */

const TONES = [440, 480];
const RING = 2;
const EVERY = 4000;

class Ring {
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Until it is stopped; a volume of 0 is silence. */
  start(volume: number, speaker: string): void {
    if (this.#timer !== undefined || volume === 0) return;
    void this.once(volume, speaker);
    this.#timer = setInterval(() => void this.once(volume, speaker), EVERY);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    void this.#context?.close().catch(() => undefined);
    this.#context = null;
  }

  /** One ring, also to try it. Whether it could be heard: a browser may want a key or a click first. */
  async once(volume: number, speaker: string): Promise<boolean> {
    this.#context ??= new AudioContext();
    const context = this.#context;
    await Promise.all([context.resume(), sendTo(context, speaker)]).catch(() => undefined);
    if (context.state !== "running") return false;
    const gain = context.createGain();
    gain.gain.value = volume / 400;
    gain.connect(context.destination);
    for (const tone of TONES) {
      const source = context.createOscillator();
      source.frequency.value = tone;
      source.connect(gain);
      source.start();
      source.stop(context.currentTime + RING);
    }
    return true;
  }
}

/** Where the browser can; else it sounds where everything does. */
async function sendTo(context: AudioContext, speaker: string): Promise<void> {
  const able = context as AudioContext & { setSinkId?: (id: string) => Promise<void> };
  await able.setSinkId?.(speaker);
}

export const ring = new Ring();
