/** What a post-delivery event says, in the words of product.md §5.2. */
export interface EventText {
  readonly action: string;
  readonly actionType: string;
  readonly actionTrigger: string;
  readonly actionResult: string;
  readonly sourceLocation: string;
  readonly deliveryLocation: string;
  /** What Explorer shows in "Additional actions". */
  readonly additionalAction: string;
}
