using System.Globalization;

namespace TimeApp;

/// <summary>Answers one request: rolls the dice that the <c>fail</c> header asks for, asks the next tier, and says how long it took.</summary>
internal sealed class Tier(TimeAppOptions options, UpstreamClient upstream, TimeProvider clock)
{
    public async Task AnswerAsync(HttpContext context)
    {
        var start = clock.GetTimestamp();
        var (status, text) = await DecideAsync(context.Request.Headers, context.RequestAborted);
        var seconds = clock.GetElapsedTime(start).TotalSeconds;
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        var answer = string.Create(CultureInfo.InvariantCulture, $"{options.ServiceName} - {seconds:0.000} seconds{text}\n");
        await context.Response.WriteAsync(answer, context.RequestAborted);
    }

    private async Task<(int Status, string Text)> DecideAsync(IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        if (options.UpstreamUri is null)
        {
            // The outside service is somebody else's: it knows nothing of the headers of this app.
            return (StatusCodes.Status200OK, $": {clock.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}");
        }

        if (Random.Shared.NextDouble() < FailureProbability(headers))
        {
            return (StatusCodes.Status500InternalServerError, ": failed, as the header fail asked");
        }

        var answer = await upstream.AskAsync(headers, cancellationToken);
        var status = answer.IsSuccess ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError;
        return (status, $"\n{options.UpstreamUri} -> {answer.Text.TrimEnd('\n')}");
    }

    private static double FailureProbability(IHeaderDictionary headers) =>
        double.TryParse(headers["fail"].ToString(), CultureInfo.InvariantCulture, out var probability) ? probability : 0;
}
