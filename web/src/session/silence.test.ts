import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Silence } from './silence';
import { FakeContext, stubSound } from './silence.testkit';

let page: EventTarget;

beforeEach(() => {
  page = stubSound();
});
afterEach(() => vi.unstubAllGlobals());

describe('silence in place of a microphone (K5)', () => {
  test('is one track of zeros that play', () => {
    const silence = new Silence();
    const track = silence.track();
    expect(track).not.toBeNull();
    expect(silence.track()).toBe(track);
    expect(FakeContext.all).toHaveLength(1);
    expect(FakeContext.all[0]?.playing).toEqual([0]);
  });

  test('begins with the next touch or key where the browser wants one', () => {
    new Silence().track();
    const [context] = FakeContext.all;
    expect(context?.wakes).toBe(1);
    page.dispatchEvent(new Event('pointerup'));
    page.dispatchEvent(new Event('keydown'));
    expect(context?.wakes).toBe(3);
    context?.become('running');
    page.dispatchEvent(new Event('keydown'));
    expect(context?.wakes).toBe(3);
  });

  test('goes on after it was interrupted', () => {
    new Silence().track();
    const [context] = FakeContext.all;
    context?.become('running');
    context?.become('suspended');
    expect(context?.wakes).toBe(2);
  });

  test('ends, and can begin again', () => {
    const silence = new Silence();
    const track = silence.track();
    silence.close();
    silence.close();
    const [context] = FakeContext.all;
    expect(track?.readyState).toBe('ended');
    expect(context?.state).toBe('closed');
    const { wakes } = context ?? {};
    page.dispatchEvent(new Event('keydown'));
    expect(context?.wakes).toBe(wakes);
    expect(silence.track()?.readyState).toBe('live');
    expect(FakeContext.all).toHaveLength(2);
  });

  test('is none where the browser has no sound at all', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    vi.stubGlobal('AudioContext', undefined);
    expect(new Silence().track()).toBeNull();
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});
