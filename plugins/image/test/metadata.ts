// Sources that carry something: EXIF data as a camera writes it, and wide colours.
import sharp from 'sharp';

export const CREDITS = { Artist: 'Jane Doe', Copyright: '(c) Jane Doe' };

/** A JPEG of a person with a camera: name, camera, place and a serial number. */
export const photoOf = (width = 64, height = 48): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#c04020' } })
    .withExif({
      IFD0: { ...CREDITS, Make: 'ACME' },
      IFD2: { ExposureTime: '1/250', DateTimeOriginal: '2026:01:02 03:04:05', BodySerialNumber: 'SERIAL-4711' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '53/1 32/1 7/1', GPSLongitudeRef: 'E', GPSLongitude: '9/1 59/1 1/1' },
    })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">somewhere</x:xmpmeta>')
    .jpeg()
    .toBuffer();

/** A strong red that sRGB has no word for, in the colours of newer cameras and screens. */
export const wideRed = (): Promise<Buffer> =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: '#ff0000' } })
    .withIccProfile('p3')
    .jpeg({ quality: 95 })
    .toBuffer();
