// Some start a program, or several: on a busy machine each takes its time.
jest.setTimeout(30_000);
