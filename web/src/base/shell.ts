// Text and bytes as words of a POSIX shell. Captured data may hold quotes, dollars, line ends and
// bytes that are no text: what comes out is one word with exactly these bytes, and nothing in it is
// ever run. NUL cannot be in a word; such bytes only go through a pipe. Pure.

export function isPlainUtf8(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // Control characters do not survive a clipboard or a terminal.
    return !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text);
  } catch {
    return false;
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function octal(bytes: Uint8Array): string {
  let out = "";
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const c = String.fromCharCode(byte);
    // printf's own marks, quotes and what would be an option, as codes of three digits each.
    const mark = "%\\'".includes(c) || (at === 0 && c === "-");
    if (byte >= 0x20 && byte < 0x7f && !mark) out += c;
    else out += `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return out;
}

// A command that writes exactly these bytes.
export function printfCommand(bytes: Uint8Array): string {
  return `printf '${octal(bytes)}'`;
}

// Null when it holds a NUL.
export function shellWord(bytes: Uint8Array): string | null {
  if (isPlainUtf8(bytes)) return quote(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  if (bytes.includes(0)) return null;
  // Command substitution takes line ends off the end; a mark keeps them, and is cut off again by
  // not being there: such data is rare enough to be refused.
  if (bytes[bytes.length - 1] === 10) return null;
  return `"$(${printfCommand(bytes)})"`;
}
