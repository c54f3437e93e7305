using System.Reflection;

namespace Mizzen.Proxy.Commands;

/// <summary>Which program this is.</summary>
internal static class ProgramVersion
{
    /// <summary>The release, without the commit behind it.</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
