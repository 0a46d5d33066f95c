// Numbers that look random and follow from a seed alone (Mulberry32), so that a run can be repeated.

function hash(text) {
  let value = 2166136261; // FNV-1a
  for (const c of text) value = Math.imul(value ^ c.codePointAt(0), 16777619);
  return value >>> 0;
}

export class Random {
  #state;

  constructor(...seeds) {
    this.#state = hash(seeds.join('\n'));
  }
  /** From 0 up to, not including, 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  /** An integer, both ends included. */
  int(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }
  chance(probability) {
    return this.next() < probability;
  }
  pick(list) {
    return list[this.int(0, list.length - 1)];
  }
  shuffled(list) {
    const result = [...list];
    for (let i = result.length - 1; i > 0; --i) {
      const j = this.int(0, i);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }
}
