namespace Mizzen.Demo;

/// <summary>One step of the tour: what is applied, and how its effect is shown.</summary>
/// <param name="Number">The step's number in <c>samples/time/steps</c>.</param>
/// <param name="Title">What the step is about, in one line.</param>
/// <param name="RunAsync">Applies and measures; reports through the guide and throws when the effect does not show.</param>
internal sealed record TourStep(int Number, string Title, Func<TourGuide, CancellationToken, Task> RunAsync);
