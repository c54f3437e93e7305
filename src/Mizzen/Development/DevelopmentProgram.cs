namespace Mizzen.Development;

/// <summary>The program of the user's own that takes a workload's place.</summary>
/// <param name="Command">Program and arguments, as the user wrote them.</param>
/// <param name="Folder">Where it starts: the user's folder.</param>
/// <param name="Environment">Variables that it gets besides the workload's; the user's win.</param>
internal sealed record DevelopmentProgram(IReadOnlyList<string> Command, string Folder, IReadOnlyDictionary<string, string> Environment);
