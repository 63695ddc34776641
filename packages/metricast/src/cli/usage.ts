export const usage = `metricast: live metrics of a Node service

  metricast watch URL [--channel NAME] [--select PATTERN]… [--every SECONDS]
      shows live values in the terminal; URL is what the service prints, token included

  metricast serve --scrape URL… [--port PORT] [--host HOST] [--interval SECONDS] [--public]
      broadcasts any Prometheus exporter, with no code

  metricast --help | --version
`;
