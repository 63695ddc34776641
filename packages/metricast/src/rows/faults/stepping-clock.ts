/** Code of a service whose wall clock steps an hour when it is told to; the monotonic one goes on. */
export const steppingClock = `
  const realNow = Date.now;
  let offset = 0;
  Date.now = () => realNow() + offset;
  globalThis.forward = () => { offset += 3_600_000; };
  globalThis.back = () => { offset -= 3_600_000; };
`;
