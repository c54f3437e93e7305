using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Overload;

/// <summary>Looks at the memory again and again, decides what is refused, and says so in the log when that changes.</summary>
internal sealed class OverloadWatch : IDisposable
{
    private static readonly CounterKey Pressure = CounterKey.Plain("overload.envoy.resource_monitors.fixed_heap.pressure", isGauge: true);

    private readonly OverloadModel _model;
    private readonly OverloadState _state;
    private readonly Func<long> _memory;
    private readonly Action<CounterKey, long> _setGauge;
    private readonly Logger _log;
    private readonly HashSet<OverloadAction> _active = [];
    private readonly ITimer _timer;
    private long _refusedBefore;

    /// <param name="model">What may be taken on.</param>
    /// <param name="state">Where loops read what to refuse.</param>
    /// <param name="memory">The bytes in use now.</param>
    /// <param name="setGauge">Takes gauges.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">The log.</param>
    public OverloadWatch(
        OverloadModel model, OverloadState state, Func<long> memory, Action<CounterKey, long> setGauge, TimeProvider clock, Logger log)
    {
        _model = model;
        _state = state;
        _memory = memory;
        _setGauge = setGauge;
        _log = log;
        if (model.MaxHeapBytes is not null)
        {
            Look();
        }

        _timer = clock.CreateTimer(_ => Look(), null, model.RefreshInterval, model.RefreshInterval);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (_model.MaxHeapBytes is { } most)
        {
            var used = _memory();
            _setGauge(Pressure, used * 100 / most);
            foreach (var trigger in _model.Triggers)
            {
                Apply(trigger, used, most);
            }
        }

        var refused = _state.Refused;
        if (refused > _refusedBefore)
        {
            _log.Warn($"{refused - _refusedBefore} connections refused: {_state.Connections} are open, the limit is {_model.MaxConnections?.ToString() ?? "that of the memory"}");
            _refusedBefore = refused;
        }
    }

    private void Apply(OverloadTrigger trigger, long used, long most)
    {
        var isActive = used >= trigger.Threshold * most;
        if (trigger.Action == OverloadAction.ShrinkHeap && isActive)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        if (isActive == _active.Contains(trigger.Action))
        {
            return;
        }

        _ = isActive ? _active.Add(trigger.Action) : _active.Remove(trigger.Action);
        Set(trigger.Action, isActive);
        _setGauge(CounterKey.Plain($"overload.{OverloadActions.NameOf(trigger.Action)}.active", isGauge: true), isActive ? 1 : 0);
        var state = $"{used} bytes in use, {trigger.Threshold:P0} of {most}";
        if (isActive)
        {
            _log.Warn($"overload: {OverloadActions.NameOf(trigger.Action)} begins: {state}");
        }
        else
        {
            _log.Info($"overload: {OverloadActions.NameOf(trigger.Action)} ends: {state}");
        }
    }

    private void Set(OverloadAction action, bool isActive)
    {
        switch (action)
        {
            case OverloadAction.StopAcceptingRequests:
                _state.RefusesRequests = isActive;
                break;
            case OverloadAction.DisableKeepAlive:
                _state.DisablesKeepAlive = isActive;
                break;
            case OverloadAction.StopAcceptingConnections:
                _state.HoldsConnections = isActive;
                break;
            case OverloadAction.RejectIncomingConnections:
                _state.RejectsConnections = isActive;
                break;
        }
    }
}
