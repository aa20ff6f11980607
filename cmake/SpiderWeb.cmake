# The page: web/ is built by Vite into web/dist and embedded by src/api. Filled in by the web floor.
