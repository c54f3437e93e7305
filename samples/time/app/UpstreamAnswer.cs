namespace TimeApp;

/// <summary>What the next tier said, or why it said nothing.</summary>
internal readonly record struct UpstreamAnswer(bool IsSuccess, string Text);
