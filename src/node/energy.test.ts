import { describe, expect, it } from 'vitest';
import { createEnergy } from './energy.ts';
import type { EnergyDeps, Pressure } from './energy.ts';

/** A page, a battery, a wake lock and a pressure gauge that the test turns. */
function machine(part: Partial<EnergyDeps> = {}) {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const battery = Object.assign(new EventTarget(), { level: 0.8, charging: false });
  const locks: { isReleased: boolean }[] = [];
  let tellPressure: (state: Pressure) => void = () => undefined;
  class Observer {
    constructor(callback: (records: readonly { readonly state: Pressure }[]) => void) {
      tellPressure = (state) => callback([{ state }]);
    }
    observe = () => Promise.resolve();
    disconnect = () => undefined;
  }
  const energy = createEnergy({
    getBattery: () => Promise.resolve(battery),
    PressureObserver: Observer,
    wakeLock: {
      request() {
        const lock = { isReleased: false };
        locks.push(lock);
        return Promise.resolve(
          Object.assign(new EventTarget(), {
            release: () => {
              lock.isReleased = true;
              return Promise.resolve();
            },
          }) as WakeLockSentinel,
        );
      },
    },
    page: page as EnergyDeps['page'],
    ...part,
  });
  return {
    energy,
    locks,
    held: () => locks.filter(({ isReleased }) => !isReleased).length,
    show: (visibilityState: DocumentVisibilityState) => {
      page.visibilityState = visibilityState;
      page.dispatchEvent(new Event('visibilitychange'));
    },
    charge: (level: number, charging: boolean) => {
      Object.assign(battery, { level, charging });
      battery.dispatchEvent(new Event('levelchange'));
    },
    press: (state: Pressure) => tellPressure(state),
  };
}

/** True where the pause took a turn of the event loop's timers. */
async function pauses(energy: ReturnType<typeof createEnergy>): Promise<boolean> {
  let isOver = false;
  const paced = energy.pace(new AbortController().signal).then(() => (isOver = true));
  await new Promise((resolve) => setTimeout(resolve, 0));
  const wasOver = isOver;
  await paced;
  return !wasOver;
}

describe('the screen', () => {
  it('stays on while any work runs, and no longer', async () => {
    const { energy, held } = machine();
    expect(held()).toBe(0);
    const ends = [energy.begin(), energy.begin()];
    await expect.poll(held).toBe(1);
    ends[0]!();
    ends[0]!();
    expect(held()).toBe(1);
    ends[1]!();
    await expect.poll(held).toBe(0);
  });

  it('is kept again after the page was hidden', async () => {
    const { energy, held, locks, show } = machine();
    energy.begin();
    await expect.poll(held).toBe(1);
    show('hidden');
    await expect.poll(held).toBe(0);
    show('visible');
    await expect.poll(held).toBe(1);
    expect(locks.length).toBe(2);
  });

  it('is not kept on a low battery, unless it is charging', async () => {
    const { energy, held, charge } = machine();
    energy.begin();
    await expect.poll(held).toBe(1);
    charge(0.1, false);
    await expect.poll(held).toBe(0);
    charge(0.1, true);
    await expect.poll(held).toBe(1);
    energy.stop();
    await expect.poll(held).toBe(0);
  });

  it('is left alone where the browser refuses', async () => {
    const { energy } = machine({ wakeLock: { request: () => Promise.reject(new Error('refused')) } });
    const end = energy.begin();
    await Promise.resolve();
    end();
    expect(await pauses(energy)).toBe(false);
  });
});

describe('the pace', () => {
  it('is full while somebody looks, whatever the machine says', async () => {
    const { energy, press } = machine();
    press('critical');
    expect(await pauses(energy)).toBe(false);
  });

  it('is gentle in a hidden page under critical pressure or on a low battery', async () => {
    const { energy, press, show, charge } = machine();
    await expect.poll(() => energy.state.current.battery).not.toBeNull();
    show('hidden');
    expect(await pauses(energy)).toBe(false);
    press('critical');
    expect(await pauses(energy)).toBe(true);
    press('fair');
    expect(await pauses(energy)).toBe(false);
    charge(0.05, false);
    expect(await pauses(energy)).toBe(true);
  });

  it('ends with the signal’s reason', async () => {
    const { energy, press, show } = machine();
    show('hidden');
    press('critical');
    const controller = new AbortController();
    const paced = energy.pace(controller.signal);
    controller.abort(new Error('stopped'));
    await expect(paced).rejects.toThrow('stopped');
  });
});
