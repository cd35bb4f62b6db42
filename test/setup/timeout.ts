// Real servers: a test may take as long as an outage that it makes, but never hang.
jest.setTimeout(120_000);
