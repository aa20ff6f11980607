// In a low window the page itself scrolls. The wheel over the list then first brings the whole list
// into sight, with its foot, and only then goes through its rows; upwards the rows come first.

import { useEffect } from "react";

const kLine = 16; // pixels of a step of a wheel that counts in lines
const kWithin = ".popover, .detail-pane, [role=listbox]"; // what scrolls by itself, over the page

export function usePageWheel(element: HTMLElement | null): void {
  useEffect(() => {
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      const { deltaX, deltaY, ctrlKey, shiftKey, deltaMode } = event;
      if (deltaY <= 0 || ctrlKey || shiftKey || Math.abs(deltaX) > deltaY) return;
      const page = document.documentElement;
      const left = page.scrollHeight - page.clientHeight - page.scrollTop;
      if (left < 1 || (event.target as HTMLElement).closest(kWithin) !== null) return;
      event.preventDefault();
      window.scrollBy(0, Math.min(left, deltaY * (deltaMode === 0 ? 1 : kLine)));
    };
    element.addEventListener("wheel", onWheel, { passive: false, capture: true });
    return () => element.removeEventListener("wheel", onWheel, { capture: true });
  }, [element]);
}
