import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Root } from "./pages/Root";
import { ErrorBoundary } from "./pages/ErrorBoundary";
import { kAgain } from "./state/again";
import { watchAddress } from "./state/misread";
import { startTheme } from "./state/theme";
import { startZone } from "./state/zone";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/list.css";
import "./styles/picks.css";
import "./styles/values.css";
import "./styles/page.css";
import "./styles/search.css";
import "./styles/menus.css";
import "./styles/detail.css";
import "./styles/body.css";
import "./styles/packets.css";
import "./styles/dialog.css";
import "./styles/views.css";
import "./styles/narrow.css";

watchAddress();
startTheme();
startZone();

const client = new QueryClient({
  defaultOptions: { queries: { ...kAgain, refetchOnWindowFocus: false } },
});

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <ErrorBoundary>
          <Root />
        </ErrorBoundary>
      </QueryClientProvider>
    </StrictMode>,
  );
}
