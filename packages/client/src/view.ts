import type {
  BinaryMessage,
  BlockMessage,
  EventsMessage,
  FrameMessage,
  QualityMessage,
  RevisedMessage,
  SubscribedItem,
  SubscribeItem,
} from "@metricast/protocol";
import type { MetricastClientError } from "./error.js";
import type { Report } from "./faults.js";
import type { ResolvedOptions } from "./options.js";

/** Without the position, which the view knows. */
export type ViewRequest = Omit<SubscribeItem, "position">;

export type ViewMessage =
  | FrameMessage
  | BlockMessage
  | EventsMessage
  | QualityMessage
  | RevisedMessage
  | BinaryMessage;

export interface ViewParts {
  readonly options: ResolvedOptions;
  readonly report: Report;
}

/** One subscription as the server knows it; its holders are the application's subscriptions that share it. */
export abstract class View {
  abstract readonly holders: ReadonlySet<unknown>;
  /** Where it stopped; undefined where it never began. */
  abstract readonly position: string | undefined;
  request: ViewRequest;
  /** The request last sent; where it is not `request`, that is to be sent. */
  sent: ViewRequest | undefined;
  /** As the server last took it; an update that it refuses goes back to this. */
  confirmed: ViewRequest;
  /** Whether the server is asked and has not answered. */
  isAsked = false;
  /** The server refused it. */
  isOver = false;
  /** The server's number for it, while it has one. */
  number: number | undefined;

  constructor(request: ViewRequest) {
    this.request = request;
    this.confirmed = request;
  }

  abstract joined(item: SubscribedItem): void;
  /** Throws where the message does not follow what came before, or is none. */
  abstract receive(message: ViewMessage): void;
  abstract refused(error: MetricastClientError): void;
}
