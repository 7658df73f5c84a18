import type { AttachedImage, MessageImage, WeftApp } from '../../node/app.ts';

/** A picture as components show it. */
export interface ShownPicture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Resolves to null where the picture is gone. */
  readonly load: () => Promise<Blob | null>;
}

export function attachedPicture({ name, width, height, bytes, mimeType }: AttachedImage): ShownPicture {
  return { name, width, height, load: () => Promise.resolve(new Blob([bytes], { type: mimeType })) };
}

export function storedPicture({ name, width, height, sha256 }: MessageImage, app: WeftApp): ShownPicture {
  return { name, width, height, load: () => app.chats.image(sha256) };
}
