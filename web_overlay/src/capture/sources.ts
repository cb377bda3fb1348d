// Where pictures and sound come from: this camera and microphone, or a tab or window with its sound.

export type Source = "camera" | "tab";

/** What the measurement needs: a natural voice, a steady picture. */
const SOUND = { echoCancellation: true, noiseSuppression: false, autoGainControl: false };
const PICTURE = {
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 30, max: 30 },
};

export async function get(
  source: Source,
  camera: string,
  microphone: string,
): Promise<MediaStream> {
  if (source === "tab") {
    return navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 30, max: 30 } },
      audio: { ...SOUND, echoCancellation: false },
    });
  }
  return navigator.mediaDevices.getUserMedia({
    video: camera ? { ...PICTURE, deviceId: { exact: camera } } : PICTURE,
    audio: microphone ? { ...SOUND, deviceId: { exact: microphone } } : SOUND,
  });
}

/** Fill the two pickers; names are known only once the browser has been allowed to use a device. */
export async function listDevices(
  camera: HTMLSelectElement,
  microphone: HTMLSelectElement,
): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  offer(camera, devices, "videoinput", "camera");
  offer(microphone, devices, "audioinput", "microphone");
}

function offer(
  select: HTMLSelectElement,
  devices: MediaDeviceInfo[],
  kind: MediaDeviceKind,
  word: string,
): void {
  const chosen = select.value;
  const found = devices.filter((device) => device.kind === kind && device.deviceId !== "");
  const options = found.map(
    (device, i) => new Option(device.label || `${word} ${i + 1}`, device.deviceId),
  );
  select.replaceChildren(...(options.length ? options : [new Option(`default ${word}`, "")]));
  if (found.some((device) => device.deviceId === chosen)) select.value = chosen;
}
