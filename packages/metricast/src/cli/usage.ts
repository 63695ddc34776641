export const usage = `metricast: live metrics of a Node service

  metricast watch URL [--channel NAME] [--select PATTERN]… [--every SECONDS]
      shows live values in the terminal; URL is what the service prints, token included

  metricast serve --scrape URL… [--port PORT] [--host HOST] [--interval SECONDS] [--public]
      shows any Prometheus exporter as a dashboard, with no code: open the address that it prints; it is
      scraped every second unless told otherwise

  metricast record URL FILE [--channel NAME]… [--select PATTERN]… [--for SECONDS]
      writes to a new file what the service broadcasts: all channels unless some are named, until Ctrl+C

  metricast replay FILE [--speed N|max] [--port PORT] [--host HOST] [--public]
      serves a recording as the service it is of: open the address that it prints

  metricast --help | --version
`;
