import { type ChangeKind } from '../../store/changes';

/** One thing that clients are told. */
export interface Frame {
  readonly kind: ChangeKind;
  /** Where the stream of changes was after the change that it tells of. */
  readonly position: string;
  /** JSON: ids, statuses and counts. */
  readonly data: string;
}

/** What clients were told lately, for those that were away for a moment. */
export interface History {
  /** Forgets everything and begins at a position. */
  begin(position: string): void;
  add(frame: Frame): void;
  /** Everything after a position, in the order of its telling; `null` where the history does not reach back that far. */
  since(position: string): readonly Frame[] | null;
}

export function createHistory(limit: number): History {
  let frames: Frame[] = [];
  let start = '';
  return {
    begin(position) {
      frames = [];
      start = position;
    },
    add(frame) {
      frames.push(frame);
      // Twice the limit before it is cut: to move them at each frame would cost more than to keep them.
      if (frames.length < 2 * limit) return;
      for (const { position } of frames.slice(0, -limit)) if (position > start) start = position;
      frames = frames.slice(-limit);
    },
    since: (position) => (position < start ? null : frames.filter((frame) => frame.position > position)),
  };
}
