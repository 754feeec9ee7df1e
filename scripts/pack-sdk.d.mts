/** Packs the SDK into `folder`; resolves with the tarball. Throws with what to do when it cannot. */
export function packSdk(folder: string): Promise<string>;
