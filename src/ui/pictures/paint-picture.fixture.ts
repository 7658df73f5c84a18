/** A picture file, its left half red, its right half blue. */
export async function paintPicture(width: number, height: number, name: string, type = 'image/png'): Promise<File> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'rgb(220 20 20)';
  context.fillRect(0, 0, width / 2, height);
  context.fillStyle = 'rgb(20 20 220)';
  context.fillRect(width / 2, 0, width / 2, height);
  return new File([await canvas.convertToBlob({ type, quality: 0.9 })], name, { type });
}

/** The same as a camera writes it that was held upright: notes of its place, and turned by a quarter. */
export async function paintPhoto(width: number, height: number, name: string): Promise<File> {
  const jpeg = new Uint8Array(await (await paintPicture(width, height, name, 'image/jpeg')).arrayBuffer());
  const ascii = (text: string) => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  const place = ascii('52.5200N 13.4050E');
  // One directory of two entries, big-endian: the orientation 6, and a description that names the place.
  const tiff = [
    ...[...ascii('MM'), 0, 42, 0, 0, 0, 8, 0, 2],
    ...[0x01, 0x0e, 0, 2, 0, 0, 0, place.length + 1, 0, 0, 0, 38],
    ...[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0],
    ...[0, 0, 0, 0, ...place, 0],
  ];
  const body = [...ascii('Exif'), 0, 0, ...tiff];
  const length = body.length + 2;
  const segment = Uint8Array.from([0xff, 0xe1, length >> 8, length & 255, ...body]);
  return new File([jpeg.slice(0, 2), segment, jpeg.slice(2)], name, { type: 'image/jpeg' });
}
