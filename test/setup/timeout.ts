// Real servers: a test may take as long as an outage that it makes, on a busy machine of two cores, but never hang.
jest.setTimeout(300_000);
