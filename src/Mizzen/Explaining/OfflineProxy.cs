using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Clusters;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>Asks the proxy program, which does not serve then, what a configuration does with requests.</summary>
internal static class OfflineProxy
{
    /// <summary>One answer a request.</summary>
    /// <exception cref="UserErrorException">The program refuses the configuration or a request; the message is its own.</exception>
    public static async Task<IReadOnlyList<JsonObject>> AskAsync(JsonObject dump, IReadOnlyList<JsonObject> requests, CancellationToken cancellationToken)
    {
        var program = SelfProgram.Proxy;
        var start = new ProcessStartInfo(program[0], [.. program.Skip(1), "explain"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new UserErrorException($"{program[0]} does not start");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var question = new JsonObject { ["config"] = dump.DeepClone(), ["requests"] = new JsonArray([.. requests.Select(JsonNode (request) => request.DeepClone())]) };
        await process.StandardInput.WriteAsync(question.ToJsonString());
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? [.. Parse(await output)["answers"].Objects()]
            : throw new UserErrorException($"the proxy cannot say: {(await errors).Trim()}");
    }

    private static JsonNode Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) ?? throw new UserErrorException("the proxy answered nothing");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"the proxy answered what cannot be read: {error.Message}", error);
        }
    }
}
