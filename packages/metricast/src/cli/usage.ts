export const usage = `metricast: live metrics of a Node service

  metricast watch URL [--channel NAME] [--select PATTERN]… [--every SECONDS]
      shows live values in the terminal; URL is what the service prints, token included

  metricast serve --scrape URL… [--port PORT] [--host HOST] [--interval SECONDS] [--public]
      shows any Prometheus exporter as a dashboard, with no code: open the address that it prints; it is
      scraped every second unless told otherwise

  metricast --help | --version
`;
