namespace Mizzen;

/// <summary>What the program's exit tells a script.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The verb could not do what it was asked; standard error says why.</summary>
    public const int Failure = 1;

    /// <summary>What <c>analyze</c> found is at least as bad as its threshold (istioctl's number).</summary>
    public const int AnalyzersFoundIssues = 79;

    /// <summary>Ended by Ctrl-C: 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
