using Envoy.Config.Core.V3;

namespace Mizzen.Proxy.Configuration;

/// <summary>Bytes that stand in the configuration, in a file or in an environment variable.</summary>
internal static class DataSources
{
    /// <summary>The bytes; null, and a problem, when they are not there.</summary>
    public static byte[]? Read(DataSource? source, string field, Problems problems)
    {
        try
        {
            switch (source?.SpecifierCase)
            {
                case DataSource.SpecifierOneofCase.InlineBytes:
                    return source.InlineBytes.ToByteArray();
                case DataSource.SpecifierOneofCase.InlineString:
                    return Values.Utf8(source.InlineString);
                case DataSource.SpecifierOneofCase.Filename:
                    problems.Files.Add(source.Filename);
                    return File.ReadAllBytes(source.Filename);
                case DataSource.SpecifierOneofCase.EnvironmentVariable when Environment.GetEnvironmentVariable(source.EnvironmentVariable) is { } value:
                    return Values.Utf8(value);
                case DataSource.SpecifierOneofCase.EnvironmentVariable:
                    problems.Add($"{field}: there is no environment variable {source.EnvironmentVariable}");
                    return null;
                default:
                    problems.Add($"{field}: it is missing");
                    return null;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{field}: {error.Message}");
            return null;
        }
    }
}
