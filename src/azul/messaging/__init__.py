"""Messages of our queues, and what is done with those that fail; the same for all queues::

    messages   what they look like, dead letters among them
    inbox      what fails for now comes back later, what cannot succeed is kept with its cause
    worker     a message is removed only after its effect; one bad record never sinks its batch
    culprits   which of several things fail that are done together
"""
