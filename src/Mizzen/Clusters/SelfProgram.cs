namespace Mizzen.Clusters;

/// <summary>How to start this program, and the ones that lie beside it, again.</summary>
internal static class SelfProgram
{
    /// <summary>The command that starts <c>mizzen</c>: the program itself, or <c>dotnet mizzen.dll</c>.</summary>
    public static IReadOnlyList<string> Command { get; } = Locate("", "mizzen");

    /// <summary>The proxy, native or on the ordinary runtime, whichever was built.</summary>
    public static IReadOnlyList<string> Proxy { get; } = Locate("proxy", "mizzen-proxy");

    /// <summary>The program of <c>samples/time</c>.</summary>
    public static IReadOnlyList<string> TimeSample { get; } = Locate(Path.Combine("samples", "time", "bin"), "time-app");

    /// <summary>A file that is shipped with the program.</summary>
    public static string File(params string[] path) => Path.Combine([AppContext.BaseDirectory, .. path]);

    private static IReadOnlyList<string> Locate(string folder, string name)
    {
        var program = File(folder, name);
        return System.IO.File.Exists(program) ? [program] : ["dotnet", program + ".dll"];
    }
}
